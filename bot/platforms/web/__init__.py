"""Asking servers of the open web, where anybody may answer: public addresses only, politely, and with an end to it."""
