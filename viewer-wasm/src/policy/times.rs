//! What frames take on their way, as means over the time since it was last asked: what bounds them, in numbers.
//!
//! Times are nanoseconds; those of the server are on its own clock, where they are differences, or aligned by whoever
//! gives them.

use wire::control::Sending;

/// What one frame took. What is not known is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameTimes {
    /// Bytes of the payload as it travelled.
    pub bytes: u64,
    /// Bytes of it once it was decoded.
    pub plain: u64,
    /// What the server worked on it.
    pub work: u64,
    /// From its first byte sent to its last one here.
    pub receive: Option<u64>,
    /// From the payload to pixels.
    pub decode: u64,
    /// From pixels to the canvas.
    pub draw: u64,
}

/// Means of frames drawn, in bytes and milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Means {
    /// Bytes of the payload as it travelled, and once it was decoded.
    pub bytes: Option<f64>,
    /// Bytes of it once it was decoded.
    pub plain: Option<f64>,
    /// What the server worked on it.
    pub work: Option<f64>,
    /// From its first byte to its last one in the socket.
    pub send: Option<f64>,
    /// From its first byte sent to its last one here.
    pub receive: Option<f64>,
    /// From the payload to pixels.
    pub decode: Option<f64>,
    /// From pixels to the canvas.
    pub draw: Option<f64>,
    /// What the link takes, as the server has measured it.
    pub bytes_per_second: Option<f64>,
}

/// Sums of a time.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    total: u64,
    count: u64,
}

impl Sum {
    fn add(&mut self, value: u64) {
        self.total = self.total.saturating_add(value);
        self.count += 1;
    }

    #[allow(clippy::cast_precision_loss, reason = "sums of about a second")]
    fn mean(self, unit: f64) -> Option<f64> {
        (self.count > 0).then(|| self.total as f64 / unit / self.count as f64)
    }
}

const BYTES: f64 = 1.0;
const MILLIS: f64 = 1e6;

/// Adds up what frames take.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    sums: [Sum; 6],
    sent: Sending,
}

impl Times {
    /// A frame was drawn.
    pub fn add(&mut self, frame: FrameTimes) {
        let FrameTimes { bytes, plain, work, receive, decode, draw } = frame;
        for (sum, value) in self.sums.iter_mut().zip([
            Some(bytes),
            Some(plain),
            Some(work),
            receive,
            Some(decode),
            Some(draw),
        ]) {
            if let Some(value) = value {
                sum.add(value);
            }
        }
    }

    /// Means since the last call; `sending` is what the server counted until now.
    pub fn means(&mut self, sending: Sending) -> Means {
        let [bytes, plain, work, receive, decode, draw] = std::mem::take(&mut self.sums);
        let before = std::mem::replace(&mut self.sent, sending);
        let send = Sum {
            total: sending.send_nanos.saturating_sub(before.send_nanos),
            count: sending.frames.saturating_sub(before.frames),
        };
        #[allow(clippy::cast_precision_loss, reason = "less than 2^53")]
        Means {
            bytes: bytes.mean(BYTES),
            plain: plain.mean(BYTES),
            work: work.mean(MILLIS),
            send: send.mean(MILLIS),
            receive: receive.mean(MILLIS),
            decode: decode.mean(MILLIS),
            draw: draw.mean(MILLIS),
            bytes_per_second: sending.bytes_per_second.map(|bytes| bytes as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_of_what_was_drawn_since() {
        let mut times = Times::default();
        assert_eq!(times.means(Sending::default()), Means::default());
        times.add(FrameTimes { bytes: 10, plain: 20, decode: 1_000_000, ..FrameTimes::default() });
        times.add(FrameTimes { bytes: 30, plain: 20, receive: Some(4_000_000), ..FrameTimes::default() });
        let sending = Sending { frames: 4, send_nanos: 8_000_000, bytes_per_second: Some(7), work_nanos: 0 };
        let means = times.means(sending);
        assert_eq!((means.bytes, means.plain, means.decode), (Some(20.0), Some(20.0), Some(0.5)));
        assert_eq!((means.send, means.receive, means.bytes_per_second), (Some(2.0), Some(4.0), Some(7.0)));
        let still = Means { bytes_per_second: Some(7.0), ..Means::default() };
        assert_eq!(times.means(sending), still);
    }

    #[test]
    fn a_server_that_counts_anew_disturbs_nothing() {
        let mut times = Times::default();
        times.means(Sending { frames: 9, send_nanos: 90, ..Sending::default() });
        assert_eq!(times.means(Sending { frames: 1, send_nanos: 10, ..Sending::default() }).send, None);
    }
}
