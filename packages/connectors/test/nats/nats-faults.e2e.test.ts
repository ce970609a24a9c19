import { requireServer } from '../../../../tools/services/require-server.ts'
import { brokerFaults } from '../broker-faults/broker-faults.ts'

// Killed, it forgets acknowledgements that its disk did not have.
brokerFaults('NATS', await requireServer('nats'), { again: 1000, counts: false })
