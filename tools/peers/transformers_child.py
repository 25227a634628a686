"""The mission's Python: transformers in float32, as its script does it. Runs inside the peers' venv.

  convert GGUF FOLDER    the dequantized weights as a folder that from_pretrained reads
  measure FOLDER SPEC    SPEC is JSON: {"threads", "labels", "prefill", "decode", "new_tokens", "memory"};
                         prints JSON lines, the first one as soon as the first label is there

Tested by: running it (tools/bench_peers.py --quick)
"""

import json
import os
import sys
import time


def convert(gguf, folder):
    import pathlib

    import torch
    import transformers

    path = pathlib.Path(gguf)
    source = dict(gguf_file=path.name)
    model = transformers.AutoModelForCausalLM.from_pretrained(path.parent, dtype=torch.float32, **source)
    tokenizer = transformers.AutoTokenizer.from_pretrained(path.parent, **source)
    # A model read from GGUF counts as quantized for ever and cannot be saved; its weights can.
    config = model.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    plain = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    plain.load_state_dict(model.state_dict())
    plain.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def say(**values):
    print(json.dumps(values), flush=True)


def timed(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure(folder, spec):
    import torch
    import transformers

    torch.set_num_threads(spec["threads"])
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    model.eval()

    def label(prompt):
        inputs = tokenizer(prompt, return_tensors="pt")
        model.generate(**inputs, max_new_tokens=10, do_sample=False, pad_token_id=tokenizer.pad_token_id or 0)

    with torch.inference_mode():
        label(spec["labels"][0])
        say(first_label=True)
        if len(spec["labels"]) > 1:
            texts = spec["labels"][1:]
            say(labels=len(texts) / timed(lambda: [label(text) for text in texts]))
        vocabulary = model.config.vocab_size
        for count in spec["prefill"]:
            ids = (torch.arange(count) * 2654435761 % vocabulary).reshape(1, count)
            say(prefill=count, rate=count / timed(lambda: model(ids, logits_to_keep=1)))
        for streams in spec["decode"]:
            ids = (torch.arange(64 * streams) * 2654435761 % vocabulary).reshape(streams, 64)
            cache = model(ids, use_cache=True, logits_to_keep=1).past_key_values
            token = ids[:, :1]

            def decode():
                for _ in range(spec["new_tokens"]):
                    model(token, past_key_values=cache, use_cache=True)

            say(decode=streams, rate=streams * spec["new_tokens"] / timed(decode))
        if spec.get("memory"):
            inputs = tokenizer(spec["memory"], return_tensors="pt")
            model.generate(**inputs, max_new_tokens=64, do_sample=False)
            with open(f"/proc/{os.getpid()}/status") as status:
                peak = next(line for line in status if line.startswith("VmHWM:"))
            say(memory=int(peak.split()[1]) * 1024 / 1e6)


if __name__ == "__main__":
    if sys.argv[1] == "convert":
        convert(*sys.argv[2:])
    else:
        measure(sys.argv[2], json.loads(sys.argv[3]))
