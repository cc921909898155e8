"""Another program with a stream: run as a process of its own.

`outlet NAME LABELS NUMBERS`: numbers, or texts if LABELS is `text`, until it is killed.
`inlet NAME SAMPLES`: prints what it receives as JSON.
"""

import json
import sys
import time

import pylsl


def outlet(name: str, labels: str, numbers: str) -> None:
    text = labels == "text"
    names = [] if labels in ("text", "none") else labels.split(",")
    values = [numbers] if text else [float(number) for number in numbers.split(",")]
    kind = pylsl.cf_string if text else pylsl.cf_float32
    info = pylsl.StreamInfo(name, "Ratings", len(values), 0 if text else 50, kind, f"{name}-id")
    if names:
        channels = info.desc().append_child("channels")
        for label in names:
            channels.append_child("channel").append_child_value("label", label)
    out = pylsl.StreamOutlet(info)
    print("up", flush=True)
    while True:
        out.push_sample(values)
        time.sleep(0.02)


def inlet(name: str, samples: str) -> None:
    [found] = pylsl.resolve_byprop("name", name, timeout=20)
    inlet = pylsl.StreamInlet(found)
    info = inlet.info(timeout=10)
    pulled = [inlet.pull_sample(timeout=10) for _ in range(int(samples))]
    told = {
        "labels": info.get_channel_labels(),
        "units": info.get_channel_units(),
        "type": info.type(),
        "rate": info.nominal_srate(),
        "manufacturer": info.desc().child_value("manufacturer"),
        "samples": [sample for sample, _ in pulled],
        "times": [at for _, at in pulled],
        "now": pylsl.local_clock(),
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    {"outlet": outlet, "inlet": inlet}[sys.argv[1]](*sys.argv[2:])
