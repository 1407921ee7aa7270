"""The tour: every scenario, one after the other or side by side, and one page that shows what they told and drew."""
