# A short front for meson and ninja. `make demo` shows what Scrawl does, `make check` runs all tests.
# `make help` lists the rest.

BUILD ?= build
MESON_OPTIONS ?=

# Real data, where a checkout has it: a git-ignored folder or link named data.
ifneq ($(wildcard data/.),)
export SCRAWL_DATA ?= $(CURDIR)/data
endif

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet

$(BUILD)/build.ninja:
	@sh scripts/install-packages.sh
	@meson setup $(BUILD) $(MESON_OPTIONS) >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@rm -f $(BUILD).log

demo: all
	@sh scripts/demo.sh $(BUILD)

check: all
	@sh scripts/check.sh $(BUILD)

# The same tests under the address and undefined-behaviour sanitizers, and the build under clang.
check-long: check
	@sh scripts/install-packages.sh scripts/packages-long.txt
	@LSAN_OPTIONS=suppressions=$(CURDIR)/tests/leaks.txt:print_suppressions=0 \
	    $(MAKE) --no-print-directory check BUILD=build-asan \
	    MESON_OPTIONS="-Dbuildtype=debugoptimized -Db_sanitize=address,undefined -Dwerror=true"
	@CC=clang $(MAKE) --no-print-directory check BUILD=build-clang MESON_OPTIONS="-Dwerror=true"

# Only Debian 12's clang-format, 14, agrees with the test house-format.
format:
	@sh tests/house/check_format.sh . --fix

# What bench/versus and the tests of the suite peers compare with; nothing else needs them.
peers:
	@sh scripts/install-peers.sh

install: all
	@meson install -C $(BUILD)

clean:
	@rm -rf build build-asan build-clang

help:
	@echo "make            build $(BUILD)/scrawl, installing what is missing"
	@echo "make demo       train, evaluate and classify, in under three minutes"
	@echo "make check      all tests; the last line counts them"
	@echo "make check-long the same under sanitizers, and with clang"
	@echo "make format     format all .c and .h files"
	@echo "make peers      install PyTorch and ONNX Runtime, for bench/versus and a few tests"
	@echo "make install    into the system (meson's prefix)"
	@echo "make clean      remove the build folders"

.PHONY: all demo check check-long format peers install clean help
