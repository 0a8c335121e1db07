"""Which kernel configuration to generate for: a named one of abi/configs.json, changed by a build's
gen_config.json and by KEY=VALUE settings, and completed so that the keys agree with each other.

Keys are those of gen_config.json, with or without CONFIG_ in front. What can't be is a SettingError.
"""

import difflib
import json
import re

TRUE = {"ON", "TRUE", "YES", "Y", "1"}
FALSE = {"OFF", "FALSE", "NO", "N", "0", ""}
ONE_OF = {True: "KERNEL_MCS", False: "not KERNEL_MCS"}


class SettingError(Exception):
    pass


def named(configs, name):
    """The kernel's keys of a configuration of configs.json."""
    if name not in configs["configs"]:
        raise SettingError(f"no configuration {name}; there are {', '.join(configs['configs'])}")
    change = configs["configs"][name]
    kernel = {k: v for k, v in configs["base"].items() if k not in change["unset"]}
    kernel.update(change["set"])
    return kernel


def known_keys(configs):
    """{key: a value of the type that it takes}"""
    known = dict(configs["known"])
    known.update(configs["base"])
    for change in configs["configs"].values():
        known.update(change["set"])
    for choice in configs["choices"].values():
        known.update({key: False for key in choice.values()})
    known.update(configs["libsel4"])
    return known


def typed(key, value, example):
    """`value` as the type that the key has."""
    if isinstance(example, bool):
        if isinstance(value, bool):
            return value
        if str(value).upper() in TRUE | FALSE:
            return str(value).upper() in TRUE
        raise SettingError(f"{key} is a yes or no: ON or OFF, not '{value}'")
    if isinstance(value, bool):
        raise SettingError(f"{key} needs a value, like {example}, not ON or OFF")
    value = str(value)
    if str(example).isdigit():
        if not re.fullmatch(r"\d+|0[xX][0-9a-fA-F]+", value):
            raise SettingError(f"{key} is a number, not '{value}'")
        value = str(int(value, 0))
    return value


def read_file(path):
    """Settings of a JSON object of keys and values."""
    try:
        settings = json.loads(path.read_text())
    except OSError as error:
        raise SettingError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise SettingError(f"{path}: not JSON: {error}") from error
    if not isinstance(settings, dict):
        raise SettingError(f"{path}: not an object of keys and values")
    return {key.removeprefix("CONFIG_"): value for key, value in settings.items()}


def read_arguments(arguments):
    settings = {}
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not equals:
            raise SettingError(f"'{argument}' is not KEY=VALUE")
        settings[key.removeprefix("CONFIG_")] = value
    return settings


def check_known(configs, settings):
    known = known_keys(configs)
    for key in settings:
        if key not in known:
            near = difflib.get_close_matches(key, known, 3)
            hint = f"; near it: {', '.join(near)}" if near else ""
            raise SettingError(f"no setting {key}{hint}")


def choose(configs, kernel, settings):
    """Makes each choice and its members agree: KERNEL_X86_FPU=XSAVE is XSAVE and not FXSAVE."""
    for choice, members in configs["choices"].items():
        picked = [value for value, key in members.items() if settings.get(key) is True]
        if choice in settings:
            if settings[choice] not in members:
                raise SettingError(f"{choice} is one of {', '.join(members)}, not "
                                   f"'{settings[choice]}'")
            picked.append(settings[choice])
        if len(set(picked)) > 1:
            raise SettingError(f"{choice} is {' and '.join(sorted(set(picked)))} at once")
        value = picked[0] if picked else kernel.get(choice)
        if value is None:
            continue
        if settings.get(members.get(value)) is False:
            raise SettingError(f"{members[value]} is off: say which of {choice} it is instead: "
                               f"{', '.join(members)}")
        kernel[choice] = value
        for member, key in members.items():
            kernel[key] = member == value


def complete(configs, kernel, settings):
    """What follows from other keys, and what must not contradict them."""
    choose(configs, kernel, settings)
    if kernel.get("XSAVE") and "XSAVE_SIZE" not in settings and kernel["XSAVE_SIZE"] == "512":
        kernel["XSAVE_SIZE"] = "576"
    smp = int(kernel.get("MAX_NUM_NODES", "1")) > 1
    if "ENABLE_SMP_SUPPORT" in settings and settings["ENABLE_SMP_SUPPORT"] != smp:
        raise SettingError("ENABLE_SMP_SUPPORT follows from MAX_NUM_NODES: more than 1 or not")
    kernel["ENABLE_SMP_SUPPORT"] = smp
    kernel["ENABLE_BENCHMARKS"] = not kernel.get("NO_BENCHMARKS", True)
    kernel["KERNEL_LOG_BUFFER"] = any(
        kernel.get(key) for key in ("BENCHMARK_TRACK_KERNEL_ENTRIES", "BENCHMARK_TRACEPOINTS"))
    for key, keeps in configs["only"].items():
        if keeps != kernel.get("KERNEL_MCS", False):
            if key in settings:
                raise SettingError(f"{key} exists with {ONE_OF[keeps]} only")
            kernel.pop(key, None)
    for key, (low, high) in configs["ranges"].items():
        if key in kernel and not low <= int(kernel[key]) <= high:
            raise SettingError(f"{key} is {kernel[key]}, outside {low} to {high}")
    for key, value in configs["fixed"].items():
        if kernel.get(key, value) != value:
            raise SettingError(f"{key} is {kernel[key]}: only {value} is here")
        kernel[key] = value


def resolve(configs, base, files, arguments):
    """(kernel keys, libsel4 keys)"""
    known = known_keys(configs)
    whole, chosen = {}, {}  # of a build's own file, and what changes it
    for path in files:
        more = read_file(path)
        if "SEL4_ARCH" in more:  # all keys of all of seL4's platforms
            whole.update(more)
        else:
            check_known(configs, more)
            chosen.update(more)
    more = read_arguments(arguments)
    check_known(configs, more)
    chosen.update(more)
    whole, chosen = (
        {k: typed(k, v, known[k]) if k in known else v for k, v in settings.items()}
        for settings in (whole, chosen))

    libsel4 = dict(configs["libsel4"])
    libsel4.update({k: v for k, v in chosen.items() if k in libsel4})
    complete_library(configs, libsel4, chosen)
    chosen = {k: v for k, v in chosen.items() if k not in libsel4}
    if whole and base is None:
        kernel = {}
    else:
        mcs = {**whole, **chosen}.get("KERNEL_MCS", False)
        kernel = named(configs, base or ("mcs-debug" if mcs else "debug"))
    kernel.update(whole)
    kernel.update(chosen)
    complete(configs, kernel, chosen)
    return kernel, libsel4


def complete_library(configs, libsel4, settings):
    attribute = libsel4["LIB_SEL4_FUNCTION_ATTRIBUTE"]
    members = configs["attributes"]
    for value, key in members.items():
        if settings.get(key) is True:
            attribute = value
    if attribute not in members:
        raise SettingError(f"LIB_SEL4_FUNCTION_ATTRIBUTE is one of {', '.join(members)}")
    libsel4["LIB_SEL4_FUNCTION_ATTRIBUTE"] = attribute
    libsel4.update({key: value == attribute for value, key in members.items()})
