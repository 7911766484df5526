//! The frame header, byte by byte: golden bytes, round trips, and bytes that are no frame.

use proptest::prelude::*;
use wire::header::NONE;
use wire::{FrameHeader, FrameMessage, HeaderError};

fn golden() -> (FrameHeader, Vec<u8>) {
    let header = FrameHeader {
        layout_id: 7,
        sequence: 0x0102_0304_0506_0708,
        pts_nanos: Some(33_333_333),
        dts_nanos: None,
        duration_nanos: Some(33_333_334),
        offset: Some(1),
        running_time_nanos: Some(0),
        arrival_nanos: 1_000_000_007,
        flags: 0x0010_0040,
        metas_len: 2,
        payload_len: 3,
        sent_nanos: Some(1_000_000_263),
        work_nanos: None,
    };
    let bytes = [
        &[0x60, 0, 0, 0][..],                              // header length 96
        &[0x07, 0, 0, 0],                                  // layout id
        &[0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01], // sequence
        &[0x55, 0xa0, 0xfc, 0x01, 0, 0, 0, 0],             // PTS
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // DTS: none
        &[0x56, 0xa0, 0xfc, 0x01, 0, 0, 0, 0],             // duration
        &[0x01, 0, 0, 0, 0, 0, 0, 0],                      // offset
        &[0, 0, 0, 0, 0, 0, 0, 0],                         // running time
        &[0x07, 0xca, 0x9a, 0x3b, 0, 0, 0, 0],             // arrival
        &[0x40, 0, 0x10, 0],                               // flags
        &[0x02, 0, 0, 0],                                  // metas length
        &[0x03, 0, 0, 0, 0, 0, 0, 0],                      // payload length
        &[0x07, 0xcb, 0x9a, 0x3b, 0, 0, 0, 0],             // sent
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // work: none
        b"BGR",
        b"{}",
    ];
    (header, bytes.concat())
}

#[test]
fn the_bytes_are_these() {
    let (header, bytes) = golden();
    assert_eq!(header.encode(), bytes[..FrameHeader::LEN]);
    assert_eq!(header.message_len(), bytes.len() as u64);
    let message = FrameMessage::decode(&bytes).unwrap();
    assert_eq!(message, FrameMessage { header, payload: b"BGR", metas: b"{}" });
}

#[test]
fn a_longer_header_is_skipped_over() {
    let (header, bytes) = golden();
    let (head, rest) = bytes.split_at(FrameHeader::LEN);
    let mut longer = head.to_vec();
    longer[0] += 5;
    longer.extend_from_slice(b"later");
    longer.extend_from_slice(rest);
    let message = FrameMessage::decode(&longer).unwrap();
    assert_eq!(message, FrameMessage { header, payload: b"BGR", metas: b"{}" });
}

#[test]
fn a_header_without_the_last_times_is_read() {
    let (header, bytes) = golden();
    let shorter = [&[80, 0, 0, 0], &bytes[4..FrameHeader::LEN_MIN], &bytes[FrameHeader::LEN..]].concat();
    let header = FrameHeader { sent_nanos: None, ..header };
    assert_eq!(
        FrameMessage::decode(&shorter).unwrap(),
        FrameMessage { header, payload: b"BGR", metas: b"{}" }
    );
}

#[test]
fn a_message_cut_short_says_where() {
    let (_, bytes) = golden();
    for len in 0..FrameHeader::LEN {
        let expected = if len < FrameHeader::LEN_MIN { FrameHeader::LEN_MIN } else { FrameHeader::LEN };
        let expected = HeaderError::Truncated { expected, actual: len };
        assert_eq!(FrameMessage::decode(&bytes[..len]), Err(expected));
    }
    for len in FrameHeader::LEN..bytes.len() {
        let actual = (len - FrameHeader::LEN) as u64;
        let expected = HeaderError::Incomplete { sequence: 0x0102_0304_0506_0708, expected: 5, actual };
        assert_eq!(FrameMessage::decode(&bytes[..len]), Err(expected));
    }
    let short = [&[79, 0, 0, 0], &bytes[4..]].concat();
    assert_eq!(FrameMessage::decode(&short), Err(HeaderError::HeaderTooShort { expected: 80, actual: 79 }));
}

fn time() -> impl Strategy<Value = Option<u64>> {
    proptest::option::of(0..NONE)
}

prop_compose! {
    fn header(payload_len: u64, metas_len: u32)(
        layout_id: u32, sequence: u64, pts_nanos in time(), dts_nanos in time(), duration_nanos in time(),
        offset in time(), running_time_nanos in time(), arrival_nanos: u64, flags: u32,
        sent_nanos in time(), work_nanos in time(),
    ) -> FrameHeader {
        FrameHeader {
            layout_id, sequence, pts_nanos, dts_nanos, duration_nanos, offset, running_time_nanos, arrival_nanos, flags,
            metas_len, payload_len, sent_nanos, work_nanos,
        }
    }
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(header in header(11, 4), payload: [u8; 11], metas: [u8; 4]) {
        let bytes = [&header.encode()[..], &payload, &metas].concat();
        let message = FrameMessage::decode(&bytes).unwrap();
        prop_assert_eq!(message, FrameMessage { header, payload: &payload, metas: &metas });
    }

    #[test]
    fn flipped_and_cut_bytes_never_panic(at in 0usize..101, with: u8, len in 0usize..=101) {
        let (_, mut bytes) = golden();
        bytes[at] ^= with;
        if let Ok(message) = FrameMessage::decode(&bytes[..len]) {
            prop_assert_eq!(message.payload.len() as u64, message.header.payload_len);
        }
    }

    #[test]
    fn any_bytes_never_panic(bytes: Vec<u8>) {
        let _ = FrameMessage::decode(&bytes);
    }
}
