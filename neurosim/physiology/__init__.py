"""What happens: stimulus in, activity out."""
