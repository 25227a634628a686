#!/usr/bin/env python3
"""Writes the Hugging Face folders and logits that tests/golden/hf_golden_test.cc compares against.

  python3 -m venv /tmp/venv
  /tmp/venv/bin/pip install torch==2.15.0 transformers==5.23.0 numpy==2.4.6 safetensors==0.8.0 tokenizers==0.23.3
  /tmp/venv/bin/python tools/make_hf_goldens.py folders tests/golden/hf
  /tmp/venv/bin/python tools/make_hf_goldens.py wide tests/golden/hf/wide.json

Weights come from integer hashes of their names and places, so that the C++ test can write those of
the wide model itself (weight_values here and in the test are one formula). transformers writes the
folders (save_pretrained) and, reading them back in float32, the logits.

  folders OUT              small models: sharded BF16, F16 of the llama family, F32 in one file
  wide OUT [--layers N --vocabulary N --folder DIR]
                           Qwen1.5-0.5B's shapes: logits; the folder too where DIR is given
"""

import argparse
import json
import pathlib
import tempfile

# A text's ids mean nothing to random weights; these are spread over the vocabulary.
POSITIONS = 24


def split_mix(z):
    import numpy as np

    z = z.astype(np.uint64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def fnv(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def weight_values(name, shape):
    """float32: centre + spread * unit, unit uniform in [-1, 1) in steps of 2^-23."""
    import numpy as np

    count = int(np.prod(shape))
    with np.errstate(over="ignore"):
        index = np.arange(1, count + 1, dtype=np.uint64)
        bits = split_mix(np.uint64(fnv(name)) + index * np.uint64(0x9E3779B97F4A7C15))
    unit = ((bits >> np.uint64(40)).astype(np.int64) - (1 << 23)).astype(np.float32) * np.float32(2**-23)
    centre, spread = np.float32(0), np.float32(1)
    if name.endswith("norm.weight"):
        centre, spread = np.float32(1), np.float32(0.2)
    elif name.endswith("v_proj.bias"):
        spread = np.float32(0.1)
    elif not name.endswith(".bias"):
        # The variance that keeps activations near 1.
        spread = np.sqrt(np.float32(3) / np.float32(shape[1]))
    return (centre + spread * unit).reshape(shape)


def make_model(config, dtype):
    import torch
    import transformers

    model = transformers.AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(weight_values(name, tuple(parameter.shape))))
    return model.to(dtype)


def logits_of(folder, ids):
    import torch
    import transformers

    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    model.eval()
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].float().numpy()


def ids_for(vocabulary):
    return [int(fnv(f"id {i}") % vocabulary) for i in range(POSITIONS)]


def byte_alphabet():
    own = [*range(33, 127), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    return {byte: chr(byte) for byte in own} | {
        byte: chr(0x100 + i) for i, byte in enumerate(byte for byte in range(256) if byte not in own)
    }


# Pairs that are merged, best first; later ones use earlier results.
MERGES = ["h e", "l l", "he ll", "hell o", "Ġ Ġ", "Ġ t", "Ġt he", "Ċ Ċ", "i n", "æ Ń", "æŃ £", "s y"]
SPECIALS = [("<|endoftext|>", True), ("<|im_start|>", True), ("<|im_end|>", True), ("<tool_call>", False)]
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + "
    "'<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
QWEN2_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
# Texts for which pre-tokenizers differ.
TEXTS = [
    "hello the\n\nhello",
    "正正 hello's IN'S 12345  x    6",
    "a  1\t2 ３ ½ <|im_end|> <tool_call>x",
    "cafe\u0301 \u1100\u1161  \n  end  ",
]


def make_tokenizer(kind):
    """kind: qwen2 or digits (SmolLM2's). The vocabulary: bytes, merges, added tokens."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    alphabet = byte_alphabet()
    vocabulary = {alphabet[byte]: byte for byte in range(256)}
    for merge in MERGES:
        vocabulary[merge.replace(" ", "")] = len(vocabulary)
    pairs = [tuple(merge.split(" ")) for merge in MERGES]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=pairs))
    if kind == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
        split = pre_tokenizers.Split(Regex(QWEN2_PATTERN), "isolated")
        byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    else:
        byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
        digits = pre_tokenizers.Digits(individual_digits=True)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, byte_level])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.decoder = decoders.ByteLevel()
    for literal, special in SPECIALS:
        token = AddedToken(literal, special=special, normalized=False)
        (tokenizer.add_special_tokens if special else tokenizer.add_tokens)([token])
    return tokenizer


def save_vocab_and_merges(folder):
    """The files of older folders, without a tokenizer.json."""
    model = json.loads(make_tokenizer("qwen2").to_str())
    (folder / "vocab.json").write_text(json.dumps(model["model"]["vocab"], ensure_ascii=False))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *MERGES]) + "\n")
    decoder = {str(token.pop("id")): token for token in model["added_tokens"]}
    config = {"tokenizer_class": "Qwen2Tokenizer", "eos_token": "<|im_end|>", "added_tokens_decoder": decoder}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")


def save_tokenizer(kind, folder, template):
    import transformers

    if kind == "files":
        save_vocab_and_merges(folder)
        return texts_of(folder)

    wrapped = transformers.PreTrainedTokenizerFast(
        tokenizer_object=make_tokenizer(kind), eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    if template:
        wrapped.chat_template = CHATML
    wrapped.save_pretrained(folder)
    return texts_of(folder)


def texts_of(folder):
    import transformers

    again = transformers.AutoTokenizer.from_pretrained(folder)
    return [{"text": text, "ids": again(text)["input_ids"]} for text in TEXTS]


VOCABULARY = 280  # 256 bytes, 12 merges, 4 added, 8 rows more than tokens
SMALL = {
    "hidden_size": 32,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 48,
    "vocab_size": VOCABULARY,
    "max_position_embeddings": 256,
    "eos_token_id": 270,
    "bos_token_id": 268,
    "pad_token_id": 268,
}


def folders(arguments):
    import torch
    import transformers

    out = pathlib.Path(arguments.out)
    models = {
        "qwen2-bf16-sharded": (
            transformers.Qwen2Config(
                **SMALL, num_hidden_layers=2, tie_word_embeddings=True, rope_theta=1e6, rms_norm_eps=1e-6
            ),
            torch.bfloat16,
            {"max_shard_size": "20KB"},
            ("qwen2", True),
        ),
        "llama-f16": (
            transformers.LlamaConfig(
                **SMALL, num_hidden_layers=2, head_dim=16, tie_word_embeddings=False, rope_theta=1e5, rms_norm_eps=1e-5
            ),
            torch.float16,
            {},
            ("digits", True),
        ),
        "qwen2-f32-base": (
            transformers.Qwen2Config(**SMALL, num_hidden_layers=1, tie_word_embeddings=False),
            torch.float32,
            {},
            ("files", False),
        ),
    }
    for name, (config, dtype, options, (kind, template)) in models.items():
        folder = out / name
        make_model(config, dtype).save_pretrained(folder, **options)
        texts = save_tokenizer(kind, folder, template)
        ids = ids_for(VOCABULARY)
        logits = logits_of(folder, ids)
        golden = {
            "ids": ids,
            "logits": [{"pos": p, "values": [round(float(v), 5) for v in logits[p]]} for p in (0, 7, len(ids) - 1)],
            "texts": texts,
        }
        (out / f"{name}.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")
        print(name, sum(f.stat().st_size for f in folder.iterdir()), f"|logit| up to {abs(logits).max():.2f}")


def wide(arguments):
    import numpy as np
    import torch
    import transformers

    config = transformers.Qwen2Config(
        hidden_size=1024,
        intermediate_size=2816,
        num_attention_heads=16,
        num_key_value_heads=16,
        num_hidden_layers=arguments.layers,
        vocab_size=arguments.vocabulary,
        max_position_embeddings=32768,
        max_window_layers=21,
        sliding_window=32768,
        use_sliding_window=False,
        rope_theta=1e6,
        rms_norm_eps=1e-6,
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=1,
    )
    ids = ids_for(arguments.vocabulary)
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or temporary
        make_model(config, torch.bfloat16).save_pretrained(folder)
        logits = logits_of(folder, ids)
    rows = []
    for position in (0, 11, len(ids) - 1):
        row = logits[position]
        chosen = sorted({*np.argsort(-row)[:32].tolist(), *range(0, len(row), max(1, len(row) // 64))})
        rows.append({"pos": position, "ids": chosen, "values": [round(float(row[i]), 5) for i in chosen]})
    golden = {"layers": arguments.layers, "vocabulary": arguments.vocabulary, "ids": ids, "logits": rows}
    pathlib.Path(arguments.out).write_text(json.dumps(golden) + "\n")
    print(arguments.out, f"|logit| up to {abs(logits).max():.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    small = commands.add_parser("folders")
    small.add_argument("out")
    small.set_defaults(run=folders)
    big = commands.add_parser("wide")
    big.add_argument("out")
    big.add_argument("--layers", type=int, default=2)
    big.add_argument("--vocabulary", type=int, default=2000)
    big.add_argument("--folder")
    big.set_defaults(run=wide)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
