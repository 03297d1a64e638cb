# make run    rehearse the campaign: nothing leaves this machine; where there is a browser, in the console too
# make test   everything that is checked, on a fresh machine too
# make check  types, style and floors alone       make format   put the code into shape
# make bench  timings, each beside its limit      make test-long   the long sweeps
# make lock   pin the packages anew                make screenshots   pictures of every page of the console, into screenshots/

VENV := .venv
BIN := $(VENV)/bin
# For two cores: many tests wait, and with fewer processes a core would be idle for a third of the time.
WORKERS ?= 4
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder

# Tests start dozens of processes: each would compile all of ours again, and pytest rewrite its asserts.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check style format bench screenshots test-long packages lock clean

# A browser is there on a Mac, under Windows, on a screen, or where somebody says so.
run: $(VENV)/installed
	@if [ -t 0 ] && [ -t 1 ] && [ "$$(uname)" = Darwin -o -n "$$DISPLAY$$WAYLAND_DISPLAY$$WSL_DISTRO_NAME$$BROWSER" ]; \
		then exec $(BIN)/bot rehearse --web; else exec $(BIN)/bot rehearse; fi

test: packages style
	@$(PYTEST) -m "not long"

# Sweeps go on for many minutes; to show the stacks of threads that run may end their process (Python 3.11).
test-long: packages style
	@$(PYTEST) --hypothesis-profile=default -o faulthandler_timeout=3600

check: style
	@$(BIN)/python -m pytest tests/test_types.py tests/test_floors.py

style: $(VENV)/installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .

format: $(VENV)/installed-dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: packages $(VENV)/installed-dev
	@$(BIN)/python -m tests.bench

screenshots: packages $(VENV)/installed-dev
	@$(BIN)/python -m tests.screenshots

packages:
	@tools/packages

lock: $(VENV)/installed-dev
	@tools/lock

$(VENV)/installed: requirements.lock pyproject.toml tools/install
	@tools/install $(VENV) requirements.lock
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock pyproject.toml tools/install
	@tools/install $(VENV) requirements-dev.lock
	@touch $(VENV)/installed $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
