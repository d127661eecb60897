import CBC
import Workers

runWorker(CBCSolver())
