"""Behind the till on a Ukrainian sale's way: Checkbox, the software fiscal register (ПРРО) in the cloud."""
