"""Cadences as a vendor edits them: drafts, publishing, previews, and the rehearsal before."""
