"""The workflows: they decide. Activities do."""
