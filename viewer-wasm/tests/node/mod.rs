//! What tests need of the world, natively and in node: to say something, and to read files.
#![allow(dead_code, reason = "no test uses all of it")]

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// Has panics said.
pub(crate) fn begin() {
    #[cfg(target_arch = "wasm32")]
    std::panic::set_hook(Box::new(|panic| say(&panic.to_string())));
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn read(path: &std::path::Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

#[cfg(target_arch = "wasm32")]
pub(crate) use of_runner::{read, say};

/// The standard library has neither here; `run-in-node.mjs` gives both.
#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code, reason = "what is not Rust is called by declarations that are not checked")]
mod of_runner {
    use std::path::Path;

    #[link(wasm_import_module = "runner")]
    unsafe extern "C" {
        fn print(at: *const u8, length: usize);
        fn size(path: *const u8, length: usize) -> usize;
        fn load(path: *const u8, length: usize, to: *mut u8);
    }

    pub(crate) fn say(text: &str) {
        // SAFETY: the function reads so many bytes and keeps nothing.
        unsafe { print(text.as_ptr(), text.len()) };
    }

    pub(crate) fn read(path: &Path) -> Vec<u8> {
        let path = path.to_str().unwrap();
        // SAFETY: the function reads so many bytes and keeps nothing.
        let mut bytes = vec![0; unsafe { size(path.as_ptr(), path.len()) }];
        // SAFETY: as above; it writes the bytes of the file, for which there is room.
        unsafe { load(path.as_ptr(), path.len(), bytes.as_mut_ptr()) };
        bytes
    }
}
