# Pare's commands. `make help` lists them.
#
#   make run ARGS="model.onnx"        PREFIX and DESTDIR choose where `make install` writes
#   make test FILTER=Prune            PARE_TEST_DATA names the folder of real models that some tests and checks read
#   make goldens PYTHON=python        PYTHON has what Tests/Generators/requirements.txt lists

SWIFT ?= swift
PREFIX ?= /usr/local
DESTDIR ?=
ARGS ?=
FILTER ?=
TARGET ?=
PYTHON ?= python3
SECONDS ?= 600
SEED ?= 1
# thread or address: builds the soak and what it plays on with a sanitizer, in a folder of its own
SANITIZE ?=

# The Swift libraries go into the binary where the toolchain brings them, so that it runs on machines without Swift.
swift_libraries = $(shell $(SWIFT) -print-target-info 2>/dev/null | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
release = -c release $(if $(wildcard $(swift_libraries)_static),--static-swift-stdlib)

binaries = .build/release
pare = $(binaries)/pare
documents = .build/documents

.PHONY: help run build test format lint fuzz malformed soak terminal goldens check exports bench demos screenshots documents install uninstall clean conformance dependencies
.DEFAULT_GOAL := help

help: ## List these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

run: build ## Install what is missing, build, and open the explorer (ARGS="model.onnx")
	@$(pare) $(ARGS)

build: dependencies ## Build the program for release
	$(SWIFT) build $(release) --product pare

# What `swift format` has a say in; the generated sources say themselves that they are to be left alone.
formatted = Package.swift Sources Tests Benchmarks Soak Fuzz/Sources

format: ## Lay the sources out as .swift-format says
	$(SWIFT) format --in-place --parallel --recursive $(formatted)

# Formatters of other versions lay some things out otherwise.
lint: ## See that they are
	@case $$($(SWIFT) format --version) in \
	6.3*) $(SWIFT) format lint --strict --parallel --recursive $(formatted) ;; \
	*) echo "lint: not looked at: the sources are laid out by the swift-format of Swift 6.3" ;; esac

# By product: --build-tests builds whatever dependencies offer too.
test: export PARE_STRICT = 1
test: dependencies lint ## Install what is missing, build with warnings as errors, and run the tests (FILTER=name)
	@for product in pare bench soak conformance parePackageTests; do \
		$(SWIFT) build --product $$product --explicit-target-dependency-import-check error || exit 1; done
	$(SWIFT) test --skip-build --disable-xctest $(if $(FILTER),--filter $(FILTER))

fuzz: dependencies ## Give the readers bytes nobody wrote, SECONDS (600) for each (TARGET=onnx)
	Fuzz/run $(SECONDS) $(TARGET)

malformed: build ## Run the program on hundreds of malformed files, kill it while it writes, and let each system call fail
	python3 Tests/Generators/check_malformed.py $(pare)
	python3 Tests/Generators/check_kill.py $(pare)
	python3 Tests/Generators/check_faults.py $(pare) --only pare,onnx,safetensors,npz,picture,script

goldens: ## Write the tests' goldens anew and say whether any changed (FILTER=name; PYTHON)
	@$(PYTHON) Tests/Generators/make_all.py $(FILTER)

# FULL=1 takes more models and settings, and hours.
check: build ## Hold the program against PyTorch, ONNX Runtime, NumPy and others (FILTER=name; FULL=1; PYTHON)
	$(SWIFT) build $(release) --product bench
	@$(PYTHON) Tests/Generators/check_all.py $(pare) $(FILTER) --bench $(binaries)/bench $(if $(FULL),--full)

exports: build ## Hold the same networks against each other as exporters write them (FILTER=lstm,vit; PYTHON)
	$(PYTHON) Tests/Generators/make_exports.py .build/exports $(if $(FILTER),--only $(FILTER))
	$(PYTHON) Tests/Generators/check_exports.py $(pare) .build/exports $(if $(FILTER),--only $(FILTER))

ifeq ($(SANITIZE),)
soaking = $(release)
soaked = $(binaries)
else
soaking = --sanitize=$(SANITIZE) --scratch-path .build-$(SANITIZE)
soaked = .build-$(SANITIZE)/debug
endif

soak: dependencies ## Play random sessions on the explorer for SECONDS (600) from SEED (1) on (SANITIZE=thread or address)
	$(SWIFT) build $(soaking) --product pare
	$(SWIFT) build $(soaking) --product soak
	ASAN_OPTIONS=detect_leaks=0 $(soaked)/soak --pare $(soaked)/pare --seconds $(SECONDS) --seed $(SEED) $(if $(SANITIZE),--sanitized --suppressions Soak/$(SANITIZE).txt)

terminal: build ## Check how the program reads and leaves a real terminal
	python3 Tests/Generators/check_terminal.py $(pare)

bench: build ## Measure speed, one JSON line each (FILTER=name)
	$(SWIFT) build $(release) --product bench
	@$(binaries)/bench --pare $(pare) $(if $(FILTER),--filter $(FILTER))

conformance: dependencies ## Run the node tests of the onnx package and print how many come out equal (PYTHON)
	$(SWIFT) build $(release) --product conformance
	@$(PYTHON) Tests/Generators/check_conformance.py $(binaries)/conformance $(if $(FILTER),--filter $(FILTER))

# On one thread, so that the same bytes come out on machines with any number of cores; what the reports call test is what
# Sources/Program/Workbench/Demo.swift says of each.
models = Sources/Shims/CAssets/models

demos: build ## Train the networks anew that the program brings along, a few minutes each
	$(pare) train lenet-5 --seed 1 --threads 1 -o $(models)/digits-cnn.onnx
	$(pare) train lstm-rows --epochs 4 --seed 1 --threads 1 -o $(models)/digits-rnn.onnx
	$(pare) train dcgan --threads 1 -o $(models)/digits-gan.onnx

# What the pictures show: the demo, which Enter opens at the start screen, its largest layer pruned to 92 % and shared over 32 values,
# the one before it to 80 % over 16.
configured = j j 4 '92' enter j '32' enter c esc k 4 k '80' enter j '16' enter esc j

screenshots: build ## Draw the screens of the documentation anew
	@mkdir -p screenshots
	$(pare) screenshot --size 100x28 -o screenshots/start.svg
	$(pare) screenshot --size 120x34 --keys "enter $(configured)" -o screenshots/explorer.svg
	$(pare) screenshot --size 120x34 --keys "enter $(configured)" --theme pare-light -o screenshots/explorer-light.svg
	$(pare) screenshot --size 80x24 --keys "enter $(configured)" -o screenshots/explorer-80x24.svg
	$(pare) screenshot --size 120x34 --keys "enter j j 4 k '60' enter" -o screenshots/factors.svg
	$(pare) screenshot --size 60x16 --keys "enter $(configured)" -o screenshots/explorer-60x16.svg
	$(pare) screenshot --size 120x34 --keys "enter $(configured) 3 + z z z z z z" -o screenshots/map.svg
	$(pare) screenshot --size 120x34 --keys "enter $(configured) ctrl-p 'pin'" -o screenshots/palette.svg
	$(pare) screenshot --size 120x34 --keys "enter j j 4 j '64' enter j = 'trellis' enter j j j j = 'context' enter" -o screenshots/trellis.svg
	$(pare) screenshot --size 120x34 --keys "enter $(configured) m" -o screenshots/measures.svg
	$(pare) screenshot --size 120x34 --keys "enter j j 4 '99.5' enter C T enter" -o screenshots/finetuning.svg
	$(pare) screenshot --size 120x34 --keys "enter j j 4 '90' enter '97' enter u B ctrl-u '12 KB' enter V k k" -o screenshots/tradeoff.svg
	$(pare) screenshot --size 120x34 --keys "enter Y" -o screenshots/sensitivity.svg
	$(pare) screenshot --size 120x34 --keys "j j enter j 4 '88' enter j '8' enter esc i" -o screenshots/samples.svg

documents: build ## Write the man page and the shell completions to .build/documents
	@mkdir -p $(documents)
	$(pare) manual > $(documents)/pare.1
	$(pare) --generate-completion-script bash > $(documents)/pare.bash
	$(pare) --generate-completion-script zsh > $(documents)/pare.zsh
	$(pare) --generate-completion-script fish > $(documents)/pare.fish

share = $(DESTDIR)$(PREFIX)/share
page = $(share)/man/man1/pare.1
completions = $(share)/bash-completion/completions/pare $(share)/zsh/site-functions/_pare \
	$(share)/fish/vendor_completions.d/pare.fish

install: documents ## Install the program, its man page and its completions under PREFIX (/usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(dir $(page) $(completions))
	install -m 755 -s $(pare) $(DESTDIR)$(PREFIX)/bin/pare
	install -m 644 $(documents)/pare.1 $(page)
	install -m 644 $(documents)/pare.bash $(word 1,$(completions))
	install -m 644 $(documents)/pare.zsh $(word 2,$(completions))
	install -m 644 $(documents)/pare.fish $(word 3,$(completions))

uninstall: ## Remove what `make install` wrote
	rm -f $(DESTDIR)$(PREFIX)/bin/pare $(page) $(completions)

clean: ## Remove everything that was built
	rm -rf .build

dependencies:
	@.ci/install-dependencies
