"""Subtitles with speakers and times: WebVTT and SubRip."""
