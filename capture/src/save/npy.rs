//! One numpy array as a file: the format of `numpy.lib.format`, version 1.0.

use super::array::{Array, Samples};

/// What a file begins with, and the version after it.
const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
/// The samples begin at a multiple of this, so that they can be mapped.
const ALIGN: usize = 64;

/// The file: magic, length of the description, the description as a Python literal padded with spaces, the samples.
pub(super) fn file(array: &Array) -> Vec<u8> {
    let shape: Vec<_> = array.shape.iter().map(ToString::to_string).collect();
    // A tuple of one needs its comma.
    let comma = if shape.len() == 1 { "," } else { "" };
    let described = format!(
        "{{'descr': '{}', 'fortran_order': False, 'shape': ({}{comma}), }}",
        array.samples.dtype(),
        shape.join(", ")
    );
    let head = MAGIC.len() + size_of::<u16>();
    let len = (head + described.len() + 1).next_multiple_of(ALIGN) - head;
    let mut out = Vec::with_capacity(head + len + array.samples.byte_count());
    out.extend_from_slice(MAGIC);
    // Four numbers of at most twenty digits: far below 2^16.
    out.extend_from_slice(&u16::try_from(len).unwrap_or(u16::MAX).to_le_bytes());
    out.extend_from_slice(described.as_bytes());
    out.resize(head + len - 1, b' ');
    out.push(b'\n');
    match &array.samples {
        Samples::U1(bytes) => out.extend_from_slice(bytes),
        Samples::U2(words) => out.extend(words.iter().flat_map(|word| word.to_le_bytes())),
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_a_line_that_ends_at_64() {
        let array = Array {
            name: "Y".to_owned(),
            shape: vec![2, 3],
            samples: Samples::U2(vec![1, 2, 3, 4, 5, 0x0a0b]),
        };
        let file = file(&array);
        assert_eq!(&file[..10], b"\x93NUMPY\x01\x00\x76\x00");
        let text = std::str::from_utf8(&file[10..128]).unwrap();
        assert!(text.starts_with("{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3), }  "), "{text}");
        assert!(text.ends_with(" \n"));
        assert_eq!(&file[128..], [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 0x0b, 0x0a]);
    }

    #[test]
    fn one_number_is_a_tuple_too() {
        let array = Array { name: "plane0".to_owned(), shape: vec![2], samples: Samples::U1(vec![7, 8]) };
        let text = String::from_utf8_lossy(&file(&array)).into_owned();
        assert!(text.contains("'descr': '|u1'") && text.contains("'shape': (2,), }"), "{text}");
    }
}
