"""The sample organisation and year of tickets that ``deskpulse demo`` loads. Invented from end to end."""
