import Collectors

/// Outputs of probes in small, written as the tools write them.
enum ProbeTexts {
  static func file(_ text: String, _ name: String = "probe.txt") -> SourceFile {
    SourceFile(name: name, bytes: Array(text.utf8))
  }

  static let peers = """
    [P2P (Peer-to-Peer) GPU Bandwidth Latency Test]
    Device: 0, Toy 40GB, pciBusID: 7, pciDeviceID: 0, pciDomainID:0
    Device: 1, Toy 40GB, pciBusID: 8, pciDeviceID: 0, pciDomainID:0
    Device: 2, Toy 40GB, pciBusID: 9, pciDeviceID: 0, pciDomainID:0
    P2P Connectivity Matrix
         D\\D     0     1     2
         0\t     1     1     0
         1\t     1     1     0
         2\t     0     0     1
    Unidirectional P2P=Disabled Bandwidth Matrix (GB/s)
       D\\D     0      1      2
         0 900.00   9.01   9.02
         1   9.10 901.00   9.12
         2   9.20   9.21 902.00
    Unidirectional P2P=Enabled Bandwidth (P2P Writes) Matrix (GB/s)
       D\\D     0      1      2
         0 910.00  90.01   9.02
         1  90.10 911.00   9.12
         2   9.20   9.21 912.00
    Bidirectional P2P=Enabled Bandwidth Matrix (GB/s)
       D\\D     0      1      2
         0 920.00 170.01  12.02
         1 170.10 921.00  12.12
         2  12.20  12.21 922.00
    P2P=Disabled Latency Matrix (us)
       GPU     0      1      2
         0   2.00  20.01  20.02
         1  20.10   2.11  20.12
         2  20.20  20.21   2.22

       CPU     0      1      2
         0   3.00   7.01   7.02
         1   7.10   3.11   7.12
         2   7.20   7.21   3.22
    P2P=Enabled Latency (P2P Writes) Matrix (us)
       GPU     0      1      2
         0   2.00   1.91  19.02
         1   1.92   2.11  19.12
         2  19.20  19.21   2.22

       CPU     0      1      2
         0   3.00   1.71   6.02
         1   1.72   3.11   6.12
         2   6.20   6.21   3.22

    NOTE: The CUDA Samples are not meant for performance measurements.

    """

  static let connections = """
    \tGPU0\tGPU1\tGPU2\tNIC0\tmlx5_1\tCPU Affinity\tNUMA Affinity\tGPU NUMA ID
    GPU0\t X \tNV4\tSYS\tPXB\tSYS\t0-23,48-71\t0\t\tN/A
    GPU1\tNV4\t X \tNODE\tPXB\tNODE\t0-23,48-71\t\t\tN/A
    GPU2\tSYS\tNODE\t X \tSYS\tPIX\t24-47\t1\t\tN/A
    NIC0\tPXB\tPXB\tSYS\t X \tSYS
    mlx5_1\tSYS\tNODE\tPIX\tSYS\t X

    Legend:

      X    = Self
      NV#  = Connection traversing a bonded set of # NVLinks

    """

  static let allToAll = """
    # nThread 1 nGpus 4 minBytes 1024 maxBytes 1048576 step: 32(factor)
    #
    # Using devices
    #   Rank  0 Pid   11 on   hosta device  0 [0x00] Toy 40GB
    #   Rank  1 Pid   11 on   hosta device  1 [0x00] Toy 40GB
    #   Rank  2 Pid   12 on   hostb device  0 [0x00] Toy 40GB
    #   Rank  3 Pid   12 on   hostb device  1 [0x00] Toy 40GB
    #
    #                                                out-of-place                    in-place
    #     size    count   type   redop     time   algbw   busbw  error     time   algbw   busbw  error
    #      (B) (elements)                  (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)
              0        0  float             1.00    0.00    0.00    N/A     1.00    0.00    0.00    N/A
           1024       64  float            10.00    0.10    0.08    N/A    10.00    0.10    0.08    N/A
          32768     2048  float            10.40    3.15    2.36    N/A    10.00    3.28    2.46    N/A
        1048576    65536  float            50.00   20.97   15.73    N/A    50.00   20.97   15.73    N/A
    # Out of bounds values : 0 OK
    # Avg bus bandwidth    : 4

    """

  static let allReduceJSON = """
    {"version": 1, "config": {"nthreads": 1, "ngpus": 2, "devices": [{"rank": 0, "host": "a"}, \
    {"rank": 1, "host": "a"}]}, "results": [{"size": 1048576, "count": 262144, "type": "float", \
    "redop": "sum", "root": -1, "out_of_place": {"time": 100.0, "alg_bw": 10.49, "bus_bw": 10.49, \
    "nwrong": 0}, "in_place": {"time": 100.0, "alg_bw": 10.49, "bus_bw": 10.49, "nwrong": 0}}], \
    "end_time": "x"}
    """

  static let bandwidth = """
    nvbandwidth Version: v0.8
    Running host_to_device_memcpy_ce.
    memcpy CE CPU(row) -> GPU(column) bandwidth (GB/s)
               0         1
     0     55.01     55.02
    SUM host_to_device_memcpy_ce 110.03

    Running device_to_host_memcpy_ce.
    memcpy CE CPU(row) <- GPU(column) bandwidth (GB/s)
               0         1
     0     53.01     53.02

    Running device_to_device_memcpy_read_ce.
    memcpy CE GPU(row) -> GPU(column) bandwidth (GB/s)
               0         1
     0       N/A    270.12
     1    271.21       N/A

    Running device_to_device_latency_sm.
    Device to Device Latency SM GPU(row) <-> GPU(column) latency (ns)
               0         1
     0       N/A    700.00
     1    710.00       N/A
    Waived: multinode_device_to_device_memcpy_read_ce

    """

  static let bandwidthJSON = """
    {"nvbandwidth": {"CUDA Runtime Version": 12080, "GPU Device list": \
    ["0: NVIDIA GB200 (00000008:06:00): (host)", "1: NVIDIA GB200 (00000009:06:00): (host)"], \
    "git_version": "v0.8", "testcases": [{"name": "device_to_device_memcpy_write_ce", "status": \
    "Passed", "bandwidth_description": "memcpy CE GPU(row) <- GPU(column) bandwidth (GB/s)", \
    "bandwidth_matrix": [["N/A", "276.07"], ["276.19", "N/A"]], "sum": 552.26}, \
    {"name": "host_to_device_memcpy_sm", "status": "Waived"}]}}
    """

  static let osuAllToAll = """

    # OSU MPI-CUDA All-to-All Personalized Exchange Latency Test v7.5
    # Datatype: MPI_CHAR.
    # Size       Avg Latency(us)        Validation
    1                      12.06              Pass
    65536                  20.00              Pass
    1048576               120.50              Pass

    """

  static let osuLatency = """
    # OSU MPI Latency Test v5.6.2
    # Size          Latency (us)
    0                       1.05
    1                       1.10
    1048576               101.10

    """

  static let osuBandwidth = """
    # OSU MPI Bandwidth Test v5.6.2
    # Size      Bandwidth (MB/s)
    1                       2.00
    1048576             10485.76

    """

  static let taccl = """
    {"name": "toy", "gpus_per_node": 2, "nics_per_node": 1, "alpha": 0.5, "links": [[0, 1], [2, 0]], \
    "invbws": [[0, 40], [20, 0]], "betas": [[0, 40], [20, 0]], "remote_invbw": 100, \
    "remote_alpha": 2, "remote_beta": 125}
    """

  static let table = """
    framework,version,device,op_name,kernel_source,nccl_dtype,num_gpus,message_size,latency
    X,1,Toy,alltoall,NCCL,half,2,1024,0.009
    X,1,Toy,alltoall,NCCL,half,4,1024,0.010
    X,1,Toy,alltoall,NCCL,half,4,1048576,0.060
    X,1,Toy,all_reduce,NCCL,half,4,1048576,0.090

    """

  static let all: [(String, String)] = [
    ("p2p.txt", peers), ("topo.txt", connections), ("alltoall.log", allToAll),
    ("allreduce.json", allReduceJSON), ("nvbandwidth.txt", bandwidth),
    ("nvbandwidth.json", bandwidthJSON), ("osu.txt", osuAllToAll), ("osu2.txt", osuLatency),
    ("osu3.txt", osuBandwidth), ("taccl.json", taccl), ("table.csv", table),
  ]
}
