"""Access to the disk: bounded reads, atomic writes, vdir folders. Nothing about what a file contains."""
