"""Running jobs: Celery wakes, the outbox holds, the timetable repeats."""
