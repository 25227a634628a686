"""Brings the peers to a folder of their own: llama.cpp in three builds, its files, a Python with transformers.

What is there stays; a step that was cut is repeated. Nothing outside the folder is touched.
Tested by: peers_test.py; the rest by running it
"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
VARIANTS = ("native", "avx512", "avx2")
# What llama-quantize makes of the official file.
REQUANTIZED = ("Q8_0", "Q4_0")


class Peers:
    """Where everything lies. official: the Q4_K_M file that yixin runs."""

    def __init__(self, folder, official):
        self.folder = pathlib.Path(folder).resolve()
        self.official = pathlib.Path(official).resolve()

    def program(self, name, variant="native"):
        return self.folder / "llama.cpp" / variant / name

    def file(self, quantization):
        if quantization == "Q4_K_M":
            return self.official
        return self.folder / f"qwen-{quantization}.gguf"

    @property
    def python(self):
        return self.folder / "venv" / "bin" / "python"

    @property
    def hf_folder(self):
        return self.folder / "hf-float32"


def say(words):
    print(f"peers: {words}", file=sys.stderr, flush=True)


def _write_whole(path, command):
    """Runs a command that writes `path`; half a file never has its name. command(partial) gives the words."""
    if path.exists():
        return
    partial = path.with_name(path.name + ".partial")
    subprocess.run(command(partial), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    partial.rename(path)


def install_llama(peers, variants=VARIANTS):
    subprocess.run([HERE / "build_llama.sh", peers.folder, *variants], check=True)
    for quantization in REQUANTIZED:
        if not peers.file(quantization).exists():
            say(f"requantizing the official file to {quantization}")
        _write_whole(
            peers.file(quantization),
            lambda partial: [
                peers.program("llama-quantize"), "--allow-requantize", peers.official, partial, quantization,
            ],  # fmt: skip
        )


def install_python(peers):
    """The venv, and the model's dequantized weights as a float32 folder that transformers reads."""
    requirements = (HERE / "requirements.txt").read_text()
    stamp = peers.folder / "venv" / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != requirements:
        say("installing torch and transformers (gigabytes, once)")
        subprocess.run([sys.executable, "-m", "venv", peers.folder / "venv"], check=True)
        subprocess.run(
            [peers.python, "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"], check=True
        )
        stamp.write_text(requirements)
    if not peers.hf_folder.exists():
        say("dequantizing the official file for transformers (2 GB)")
    _write_whole(
        peers.hf_folder,
        lambda partial: [peers.python, HERE / "transformers_child.py", "convert", peers.official, partial],
    )


def install(peers, variants=VARIANTS, with_transformers=True):
    peers.folder.mkdir(parents=True, exist_ok=True)
    install_llama(peers, variants)
    if with_transformers:
        install_python(peers)
