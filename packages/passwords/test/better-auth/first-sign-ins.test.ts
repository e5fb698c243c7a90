import { describeFirstSignIns } from './first-sign-ins.js'

describeFirstSignIns('1.7.7')
