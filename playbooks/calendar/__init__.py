"""Times that people set aside for their steps: chosen, moved, taken back; as invitations by mail and as a feed."""
