"""The way from solved tickets to answers: who was asked, reached and heard."""
