# Two commands: make book, make test. Each needs Python 3.11 or newer and sets up .venv by itself.
# The work is done by `python -m book`, which runs on Windows too: see CONTRIBUTING.md.

ifndef PYTHON
PYTHON := $(shell for each in python3 python3.13 python3.12 python3.11 python; do \
  $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$each; break; }; done)
endif
RUN := .venv/bin/python -m book

.PHONY: help book test test-all write check handouts slides stubs doctor survey clean

help:
	@echo "make book      build the website: _build/html/index.html"
	@echo "make test      test the code, the sources, the notebooks and the site"
	@echo "make test-all  the same with the full, slow tests"
	@echo "make write     make both languages' notebooks from chapters/NN-name.md, running code that changed"
	@echo "make check     say what is out of date, untranslated or against the rules of a source"
	@echo "make handouts  print one A4 page per chapter and language: _build/handouts"
	@echo "make slides    print the presenter's slides of each chapter and language: _build/slides"
	@echo "make stubs     make notebooks with the exercises to work on, which check answers: _build/exercises"
	@echo "make doctor    say whether this machine has what the book needs, and exactly what is missing"
	@echo "make survey    execute the architectures of chapter 13 and compare with the record; libraries go to .survey"
	@echo "make clean     remove what was built; .venv stays"
	@echo "PYTHON=python3.12 make ... chooses the Python that .venv is made with"

book: .venv/installed
	@$(RUN) build

test: .venv/installed
	@$(RUN) test

test-all: .venv/installed
	@$(RUN) test --slow

write: .venv/installed
	@$(RUN) write

check: .venv/installed
	@$(RUN) check

handouts: .venv/installed
	@$(RUN) handouts

slides: .venv/installed
	@$(RUN) slides

stubs: .venv/installed
	@$(RUN) stubs

doctor: .venv/installed
	@$(RUN) doctor

survey: .survey/installed
	@.venv/bin/python -m actfns.survey run

.survey/installed: requirements-survey.txt .venv/installed
	@echo "Installing the code of published models in .survey: some minutes the first time, no weights"
	@.venv/bin/python -m actfns.survey install
	@touch $@

clean:
	rm -rf _build .make build *.egg-info chapters/*/functions

.venv/installed: requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "This needs Python 3.11 or newer, and none was found. Install one, or: make PYTHON=/path/to/python"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.version_info >= (3, 11) or sys.exit("This needs Python 3.11 or newer; " \
	  "$(PYTHON) is %d.%d. Choose another: make PYTHON=python3.12" % sys.version_info[:2])'
	@echo "Setting up .venv with $(PYTHON): some minutes the first time (torch is large)"
	@test -x .venv/bin/python || "$(PYTHON)" -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@
