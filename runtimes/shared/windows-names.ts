// Names that Windows reads as other ones than they are written: devices, streams, short names, ends that it leaves out.

/** Devices, whatever stands behind a dot. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?$/i

/** A drive or a stream of a file, a short name such as `GIT~1`, and what may be no name at all. */
const ODD = /[:<>"|?*]|~\d|[. ]$/

/** Whether a name of the path would lead Windows to something else. */
export function isReadOtherwise(path: string): boolean {
  return path.split('/').some((name) => DEVICE.test(name) || ODD.test(name))
}
