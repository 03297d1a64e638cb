"""What a campaign is and how it behaves; the standard library only, no files, no network, no clock."""
