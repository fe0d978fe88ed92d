"""What people decide: corrections of papers, and entries admitted from quarantine."""
