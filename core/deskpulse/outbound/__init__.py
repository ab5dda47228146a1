"""What goes out: durable jobs, mail, write-back."""
