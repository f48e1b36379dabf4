"""What is measured with: load, processes, histories, profiles, arithmetic, and progress."""
