"""The running case: the support desk of Quillmere Hosting, a small fictional company."""
