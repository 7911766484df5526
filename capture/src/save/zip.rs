//! Arrays as one file: a zip archive whose entries are stored as they are, which is what `numpy.savez` writes.
//!
//! By hand because nothing but this is needed of the format: no compression, no time stamps, no 64-bit sizes.

use super::SaveError;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// Version 2.0 is needed to read it.
const VERSION: u16 = 20;
/// The first day that the format can tell: 1980-01-01.
const DATE: u16 = 1 << 5 | 1;

/// The archive of these entries, by name and content; refuses more than fits 32-bit sizes.
pub(super) fn stored(entries: impl Iterator<Item = (String, Vec<u8>)>) -> Result<Vec<u8>, SaveError> {
    let (mut out, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    for (name, content) in entries {
        let offset = size(out.len())?;
        let head = head(&name, &content)?;
        out.extend_from_slice(&LOCAL.to_le_bytes());
        out.extend_from_slice(&head);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(&content);
        directory.extend_from_slice(&CENTRAL.to_le_bytes());
        // Made by the same version, on a system without attributes.
        directory.extend_from_slice(&VERSION.to_le_bytes());
        directory.extend_from_slice(&head);
        // No comment, first disk, no attributes of either kind.
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
        count += 1;
    }
    let (start, len) = (size(out.len())?, size(directory.len())?);
    out.append(&mut directory);
    out.extend_from_slice(&END.to_le_bytes());
    // This disk, and that of the directory.
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(&start.to_le_bytes());
    out.extend_from_slice(&[0; 2]);
    Ok(out)
}

/// What an entry and its line in the directory have in common, from the version needed to the length of extras.
fn head(name: &str, content: &[u8]) -> Result<Vec<u8>, SaveError> {
    let mut head = Vec::with_capacity(26);
    for word in [VERSION, 0, 0, 0, DATE] {
        head.extend_from_slice(&word.to_le_bytes());
    }
    let len = size(content.len())?;
    for word in [crc32fast::hash(content), len, len] {
        head.extend_from_slice(&word.to_le_bytes());
    }
    head.extend_from_slice(&u16::try_from(name.len()).unwrap_or(0).to_le_bytes());
    head.extend_from_slice(&[0; 2]);
    Ok(head)
}

fn size(len: usize) -> Result<u32, SaveError> {
    u32::try_from(len).map_err(|_| SaveError::TooLarge { kind: "npz", bytes: len as u64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_byte_for_byte() {
        let file = stored([("a".to_owned(), b"123456789".to_vec())].into_iter()).unwrap();
        #[rustfmt::skip]
        let expected = [
            // Entry: signature, version, flags, stored, time, date, CRC-32, two sizes, length of name and of extras.
            &b"PK\x03\x04"[..], &[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0, 0x26, 0x39, 0xf4, 0xcb, 9, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0],
            b"a123456789",
            // Directory: version made by first; comment, disk, attributes and the entry's offset last.
            b"PK\x01\x02", &[20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0, 0x26, 0x39, 0xf4, 0xcb, 9, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0],
            &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], b"a",
            // End: disks, entries, length and start of the directory, no comment.
            b"PK\x05\x06", &[0, 0, 0, 0, 1, 0, 1, 0, 47, 0, 0, 0, 40, 0, 0, 0, 0, 0],
        ].concat();
        assert_eq!(file, expected);
    }
}
