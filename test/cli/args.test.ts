import { describe, expect, it, vi } from 'vitest'
import { helpText, parseCommand } from '../../src/cli/args.ts'

const SPEC = {
  name: 'replay',
  summary: 'Runs the engine on recordings.',
  options: {
    config: { value: 'FILE', required: true, help: 'configuration file' },
    data: { value: 'FILE', multiple: true, help: 'recordings' },
    speed: { value: 'N', short: 's', help: 'times real time' },
    json: { help: 'one document' },
  },
} as const
const parse = (...args: string[]): ReturnType<typeof parseCommand<(typeof SPEC)['options']>> =>
  parseCommand(SPEC, args)

describe('parseCommand', () => {
  it('gives every option a value of its type', () => {
    expect(parse('--config', 'a.yaml')?.options).toEqual({
      config: 'a.yaml',
      data: [],
      speed: undefined,
      json: false,
    })
    expect(parse('--json', '--config=a.yaml', '-s', '5')?.options).toMatchObject({ json: true, speed: '5' })
  })

  it('an option that may repeat takes every word up to the next option', () => {
    expect(parse('--data', 'a', 'b', '--config', 'c.yaml', '--data', 'd')?.options.data).toEqual([
      'a',
      'b',
      'd',
    ])
    expect(parse('--data=a', '--config', 'c.yaml')?.options.data).toEqual(['a'])
  })

  it.each([
    [
      ['--confg', 'x'],
      /unknown option --confg; allowed: --config, --data, --speed, --json \(did you mean --config\?\)/,
    ],
    [[], /--config FILE is missing/],
    [['--config'], /--config/],
    [['--config', 'x', '--json=yes'], /--json/],
    [['--config', 'x', 'stray'], /"stray" is one too many: the command takes no words/],
  ])('%j is a usage error', (args, message) => {
    expect(() => parse(...args)).toThrow(expect.objectContaining({ code: 'USAGE', exitCode: 2 }))
    expect(() => parse(...args)).toThrow(message)
  })

  it('words are counted, and anything goes after --', () => {
    const spec = { name: 'tape', summary: '.', options: {}, words: { name: 'FILE…', min: 1, max: 2 } }
    expect(parseCommand(spec, ['a', '--', '--help'])?.words).toEqual(['a', '--help'])
    expect(() => parseCommand(spec, [])).toThrow(/FILE… is missing/)
    expect(() => parseCommand(spec, ['a', 'b', 'c'])).toThrow(
      /"c" is one too many: the command takes at most 2/,
    )
  })

  it('--help prints the help and nothing else happens', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    expect(parse('--confg', '--help')).toBeNull()
    expect(write).toHaveBeenCalledExactlyOnceWith(helpText(SPEC))
    write.mockRestore()
  })
})

describe('helpText', () => {
  it('shows usage, summary and each option', () => {
    expect(helpText(SPEC)).toBe(
      [
        'Usage: tidegate replay --config FILE [--data FILE…] [--speed N] [--json]',
        '',
        'Runs the engine on recordings.',
        '',
        '  --config FILE  configuration file',
        '  --data FILE    recordings',
        '  -s, --speed N  times real time',
        '  --json         one document',
        '',
      ].join('\n'),
    )
  })
})
