import GLPK
import Workers

runWorker(GLPKSolver())
