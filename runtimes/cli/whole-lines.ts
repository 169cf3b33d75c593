// Passes on whole lines, so that those of several processes on one stream do not stand in one another.
import { Transform } from 'node:stream'

const LINE_END = 10

export function wholeLines(): Transform {
  let begun: Buffer[] = []
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const end = chunk.lastIndexOf(LINE_END) + 1
      if (end > 0) {
        this.push(Buffer.concat([...begun, chunk.subarray(0, end)]))
        begun = []
      }
      if (end < chunk.length) begun.push(chunk.subarray(end))
      done()
    },
    // The process ended in the middle of a line.
    flush(done) {
      if (begun.length > 0) this.push(Buffer.concat([...begun, Buffer.of(LINE_END)]))
      done()
    },
  })
}
