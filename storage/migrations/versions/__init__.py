"""One file per revision; released revisions never change."""
