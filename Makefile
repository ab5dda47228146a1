# Two shortcuts for the two commands in README.md, which explains them.
.PHONY: demo test

demo: .venv/bin/deskpulse
	.venv/bin/deskpulse demo

test: .venv-tox/bin/tox
	.venv-tox/bin/tox

.venv/bin/deskpulse:
	python3 -m venv .venv && .venv/bin/pip install .

.venv-tox/bin/tox:
	python3 -m venv .venv-tox && .venv-tox/bin/pip install tox
