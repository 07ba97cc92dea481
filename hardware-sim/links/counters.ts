/** Bytes of both directions of one link, counted where they go in and where they come out. */
export class LinkCounters {
  sentUp = 0
  seenUp = 0
  sentDown = 0
  seenDown = 0
  /** Bytes that nobody could take: no one at the other end. */
  dropped = 0
  private moves = 0

  outstanding(): number {
    return Math.max(0, this.sentUp - this.seenUp) + Math.max(0, this.sentDown - this.seenDown)
  }

  activity(): number {
    return this.moves
  }

  up(bytes: number): void {
    this.sentUp += bytes
    this.moves++
  }

  upSeen(bytes: number): void {
    this.seenUp += bytes
    this.moves++
  }

  down(bytes: number): void {
    this.sentDown += bytes
    this.moves++
  }

  downSeen(bytes: number): void {
    this.seenDown += bytes
    this.moves++
  }

  /** Something happened without bytes: a connection came or went. */
  touch(): void {
    this.moves++
  }

  /** The link broke: what was on it will not arrive. */
  forget(): void {
    this.dropped += this.outstanding()
    this.seenUp = this.sentUp
    this.seenDown = this.sentDown
    this.moves++
  }
}
