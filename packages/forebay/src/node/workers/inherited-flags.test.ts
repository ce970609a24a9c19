import { describe, expect, it } from 'vitest'
import { inheritedFlags } from './inherited-flags.ts'

describe('flags for workers', () => {
  it('are those of the program without the program itself', () => {
    expect(inheritedFlags(['--input-type=module', '-e', 'start()', '--conditions=dev'])).toEqual(['--conditions=dev'])
    expect(inheritedFlags(['--input-type', 'module', '--eval', '1', '-pe', '2', '-i'])).toEqual([])
  })

  it('keep what loads modules and bounds memory, and open no port twice', () => {
    const kept = ['--import', './register.js', '--max-old-space-size=512', '--enable-source-maps']
    expect(inheritedFlags(['--inspect-brk=9229', ...kept, '--watch', '--test'])).toEqual(kept)
  })
})
