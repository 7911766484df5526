"""Frames of a pipeline's appsink as numpy arrays, with the time they were captured: what every Python tutorial has.

It must not know who shows them.
"""
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
from gi.repository import Gst, GstApp  # noqa: E402, F401
import numpy as np  # noqa: E402


class Source:
    """A playing pipeline whose appsink is named `s`; it keeps the newest frame alone."""

    def __init__(self, description):
        Gst.init(None)
        self.pipeline = Gst.parse_launch(description)
        self.sink = self.pipeline.get_by_name("s")
        # What live viewing needs: nothing waits, and the newest frame wins.
        self.sink.set_property("max-buffers", 1)
        self.sink.set_property("sync", False)
        # A source that waits for nobody would make frames to be dropped all the time.
        self.is_live = "is-live=true" in description
        self.sink.set_property("drop", self.is_live)
        self.pipeline.set_state(Gst.State.PLAYING)

    def pull(self):
        """The next frame: when it was captured (milliseconds of the machine's clock), width, height, its bytes."""
        sample = self.sink.try_pull_sample(5 * Gst.SECOND)
        if sample is None:
            raise RuntimeError("no frame for five seconds")
        buffer = sample.get_buffer()
        caps = sample.get_caps().get_structure(0)
        width, height = caps.get_value("width"), caps.get_value("height")
        pixels = np.frombuffer(buffer.extract_dup(0, buffer.get_size()), np.uint8)
        return self.captured(buffer), width, height, pixels

    def captured(self, buffer):
        """A live source stamps a frame with the running time at which it makes it."""
        now = time.time_ns()
        if not self.is_live:
            return now / 1e6
        age = self.pipeline.get_clock().get_time() - self.pipeline.get_base_time() - buffer.pts
        return (now - age) / 1e6
