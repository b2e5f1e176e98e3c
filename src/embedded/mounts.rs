//! Whether a folder lies on a network file system, where the memory map and the locks of the log are
//! not shared between machines.

use std::path::Path;

/// As the kernel names them.
const NETWORK: [&str; 12] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "afs",
    "ceph",
    "glusterfs",
    "sshfs",
    "s3fs",
    "gcsfuse",
    "rclone",
];

/// The name of the network file system that holds the folder, if one does. Known on Linux only.
pub(super) fn network(folder: &Path) -> Option<String> {
    let table = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    let system = of(&table, folder)?;
    let plain = system.strip_prefix("fuse.").unwrap_or(system);
    NETWORK.contains(&plain).then(|| plain.to_owned())
}

/// The file system type of the mount that holds the folder: of the longest mount point above it, and
/// of those at one place the last.
///
/// Source: proc_pid_mountinfo(5).
fn of<'t>(table: &'t str, folder: &Path) -> Option<&'t str> {
    let mounts = table.lines().filter_map(|line| {
        let (place, source) = line.split_once(" - ")?;
        let point = unescaped(place.split(' ').nth(4)?);
        let depth = Path::new(&point).components().count();
        folder.starts_with(&point).then_some((depth, source.split(' ').next()?))
    });
    mounts.max_by_key(|(depth, _)| *depth).map(|(_, system)| system)
}

/// Blanks, tabs, line ends and backslashes are written in octal.
fn unescaped(point: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(point.to_owned(), |point, (octal, plain)| point.replace(octal, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mount_that_holds_a_folder_is_found() {
        let table = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
            40 22 0:44 / /mnt rw - nfs4 server:/export rw,vers=4.2\n\
            41 40 0:45 / /mnt/my\\040share rw shared:9 master:2 - fuse.sshfs me@host:/ rw\n\
            42 22 0:46 / /data rw - nfs server:/a rw\n\
            43 22 0:47 / /data rw - xfs /dev/sdb rw\n";
        for (folder, system) in [
            ("/home/me/log", Some("ext4")),
            ("/mnt/log", Some("nfs4")),
            ("/mntlog", Some("ext4")),
            ("/mnt/my share/log", Some("fuse.sshfs")),
            ("/data/log", Some("xfs")),
        ] {
            assert_eq!(of(table, Path::new(folder)), system, "{folder}");
        }
        assert_eq!(of("", Path::new("/x")), None);
        assert_eq!(of("not a mount\n22 1 8:1\n", Path::new("/x")), None);
    }

    #[test]
    fn a_local_folder_is_on_no_network() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(network(&folder.path().canonicalize().unwrap()), None);
    }
}
