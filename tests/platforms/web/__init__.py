"""Tests of asking servers of the open web."""
