// The example of a test is one itself: it runs here as it stands.
import '../../examples/testing/gateway.test.js'
