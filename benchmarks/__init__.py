"""What neurosim is measured by, beside what others would use instead: `make bench`. See README.md here."""
