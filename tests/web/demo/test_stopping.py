"""The order to stop is heard, whichever thread the kernel hands the signal to."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

PROGRAM = """
import signal, sys, threading, time, traceback
from deskpulse_web.demo.stopping import StopOrder

order, main = StopOrder(), threading.get_ident()

def where():
    return [frame.name for frame in traceback.extract_stack(sys._current_frames()[main])]

def take_the_signal():
    while where()[-3:] != ["wait"] * 3:  # of the order, its event and its condition
        time.sleep(0.01)
    signal.pthread_kill(threading.get_ident(), int(sys.argv[1]))
    threading.Event().wait()

threading.Thread(target=take_the_signal, daemon=True).start()
order.wait()
print("stopped")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_another_thread_receives_stops(number: signal.Signals) -> None:
    command = [sys.executable, "-c", PROGRAM, str(int(number))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "stopped\n"
