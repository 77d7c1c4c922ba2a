"""“We do it for you”: what a vendor offers to do instead of the partner, on what terms and how fast."""
