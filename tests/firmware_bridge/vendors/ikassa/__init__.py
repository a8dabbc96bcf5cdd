"""Tests of iKassa: the till in the shop's network, its adapter and its sandbox."""
