"""What big screens show: the gauge, the league table, the feedback slider. They show what may be seen by everybody."""
