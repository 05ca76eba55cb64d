//! A folder in memory.

/// An archive of files under any names, which the checked way of the library would refuse.
pub(crate) fn tarball(files: &[(&[u8], &[u8])]) -> Vec<u8> {
    const BLOCK: usize = 512;
    let mut bytes = Vec::new();
    for (name, body) in files {
        let mut header = tar::Header::new_gnu();
        let name = &name[..name.len().min(100)];
        header.as_mut_bytes()[..name.len()].copy_from_slice(name);
        header.set_size(body.len() as u64);
        header.set_cksum();
        bytes.extend(header.as_bytes());
        bytes.extend(*body);
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    }
    bytes.resize(bytes.len() + 2 * BLOCK, 0);
    bytes
}
