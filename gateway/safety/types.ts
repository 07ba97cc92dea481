/** A circle around a site; CAP writes it "latitude,longitude radius". */
export interface AlertCircle {
  latitudeDegrees: number
  longitudeDegrees: number
  radiusKilometres: number
}

/** What a site's configuration says about its alerts (networks.safety; config's SafetyConfig fits). */
export interface SafetyProfile {
  /** Who sends, without spaces and commas, e.g. waypost@hospital.example. */
  sender: string
  /** Default Actual; Exercise and Test never come from the run itself. */
  status?: 'Actual' | 'Exercise' | 'Test'
  /** Public is refused: an edge never speaks to the public (domain.md, P16). */
  scope: 'Public' | 'Restricted' | 'Private'
  /** Needed with Restricted: the rule for those who may see it. */
  restriction?: string
  /** Needed with Private: who gets it, as CAP writes it: addresses between spaces, one with spaces quoted. */
  addresses?: string
  areaDescription: string
  circle?: AlertCircle
  /** e.g. en-US (CAP's default), ko-KR. */
  language?: string
  senderName?: string
}

/** One cold-chain excursion, as the safety network is told. Plain JSON, made by interpret. */
export interface CapAlert {
  messageType: 'Alert' | 'Update'
  /** Without spaces, commas, < and &. */
  identifier: string
  /** Whole seconds. */
  sentUtcMilliseconds: number
  /** The Alert that an Update ends. */
  references?: { identifier: string; sentUtcMilliseconds: number }
  checkpoint: string
  readPoint: string
  node: string
  sensor: number
  deviceId?: string
  profile: string
  profileTitle: string
  limitUri: string
  rule: string
  side: 'high' | 'low'
  limitMilliCelsius: number
  start: string
  fired: string
  end: string | null
  minutes: number
  extremeCelsius: number
}
