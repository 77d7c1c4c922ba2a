"""What the vendor owes its partners: each step that waits for somebody there, with the day on which it is due."""
