#!/usr/bin/env -S node --max-semi-space-size=4
// A small young generation: a flow makes much short-lived garbage, and V8 would grow this space to 48 MiB before it cleans up.
import '../dist/main.js'
